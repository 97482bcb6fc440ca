from importlib.util import find_spec
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-this-example"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS = ["shop"]
# "manage.py supervisor" is there when PYTHONPATH holds what "multivisor project django-path" prints.
if find_spec("djsupervisor"):
    INSTALLED_APPS.append("djsupervisor")
ROOT_URLCONF = "mysite.urls"
DATABASES = {}
USE_TZ = True
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
