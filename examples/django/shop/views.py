import os

from django.http import HttpResponse

GREETING = "Good morning"


def home(request):
    return HttpResponse("%s from process %d\n" % (GREETING, os.getpid()))
