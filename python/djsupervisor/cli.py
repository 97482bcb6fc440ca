"""Finds the multivisor command, and tells it of the Django project that it is called from."""
import os
import shutil
import sys
from importlib.util import find_spec


def command(args):
    """The command line of `multivisor project`."""
    return launcher() + ["project"] + list(args)


def launcher():
    given = os.environ.get("MULTIVISOR")
    if given:
        return [given]
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    bundle = os.path.join(package, "dist", "multivisor.js")
    node = shutil.which("node")
    if node and os.path.isfile(bundle):
        return [node, bundle]
    installed = shutil.which("multivisor")
    if installed:
        return [installed]
    raise RuntimeError(
        "the command multivisor was not found on PATH; install it with \"npm install --global\" from its package "
        "(it needs Node 22.16 or newer), or set MULTIVISOR to its path"
    )


def environment():
    env = dict(os.environ)
    env["MULTIVISOR_PYTHON"] = os.path.abspath(sys.executable)
    # A manage.py may have added to it.
    env["MULTIVISOR_PYTHONPATH"] = os.pathsep.join(sys.path)
    project = project_dir()
    if project:
        env["MULTIVISOR_PROJECT_DIR"] = project
    return env


def project_dir():
    """The directory of the settings' top package when manage.py is in it, else the one above; None without settings."""
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "").split(".", 1)[0]
    spec = find_spec(module) if module else None
    if spec is None or not spec.origin:
        return None
    folder = os.path.dirname(os.path.abspath(spec.origin))
    for candidate in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(candidate, "manage.py")):
            return candidate
    # Such as under `django-admin supervisor`: a project needs no manage.py.
    return os.path.dirname(folder) if spec.submodule_search_locations else folder
