from django.apps import AppConfig


class DjsupervisorConfig(AppConfig):
    name = "djsupervisor"
