from mysite.settings import *  # noqa: F403

DEBUG = False
