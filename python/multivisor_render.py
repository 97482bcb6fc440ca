"""Renders the supervisord.conf of a Django project with Django's own engine. Short-lived, and reads settings only.

The request is JSON on standard input, the answer JSON on descriptor 3: settings modules print.
"""
import json
import os
import sys
import traceback


def main():
    request = json.load(sys.stdin)
    answer_to = os.fdopen(3, "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.path[:0] = request["path"]
    before = dict(os.environ)
    try:
        use_settings(request["settings"])
        if request["manage"]:
            run_manage(request["manage"])
            use_settings(request["settings"])
        prepared = {name: value for name, value in os.environ.items() if before.get(name) != value}
        answer = dict(answer_for(request), ok=True, environment=prepared)
    except BaseException as error:  # also SystemExit: settings may end the program
        answer = dict(describe(error, request), ok=False)
    json.dump(answer, answer_to)
    answer_to.close()
    # Threads that a settings module started would keep us.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def use_settings(module):
    if module:
        os.environ["DJANGO_SETTINGS_MODULE"] = module


def run_manage(path):
    """What manage.py does before it hands over to Django: it may set variables, and sys.path."""
    import runpy

    from django.core import management

    class HandedOver(BaseException):
        pass

    def hand_over(*_, **__):
        raise HandedOver

    original = management.execute_from_command_line, management.ManagementUtility.execute, sys.argv
    management.execute_from_command_line = management.ManagementUtility.execute = hand_over
    sys.argv = [path, "supervisor"]
    try:
        runpy.run_path(path, run_name="__main__")
    except HandedOver:
        pass
    finally:
        management.execute_from_command_line, management.ManagementUtility.execute, sys.argv = original


def answer_for(request):
    import django
    from django.conf import settings

    settings.DEBUG  # loads them
    project = request["projectDir"]
    apps = list(app_dirs(settings.INSTALLED_APPS))
    files = [(os.path.join(app, "management", "supervisord.conf"), app) for app in apps]
    config = request["configFile"] or getattr(settings, "SUPERVISOR_CONFIG_FILE", None) or "supervisord.conf"
    config = os.path.join(project, config)
    if not os.path.isfile(config):
        raise FileNotFoundError(2, "no such file", config)
    files = [(file, app) for file, app in files if os.path.isfile(file)] + [(config, None)]
    render = Renderer(request, settings, apps, os.path.dirname(config))
    return {
        "django": django.get_version(),
        "debug": bool(settings.DEBUG),
        "secretKey": secret_key(settings, request["needsSecretKey"]),
        "patterns": list(getattr(settings, "SUPERVISOR_AUTORELOAD_PATTERNS", ["*.py"])),
        "ignorePatterns": list(getattr(settings, "SUPERVISOR_AUTORELOAD_IGNORE_PATTERNS", [".*", "#*", "*~"])),
        "appIsMissing": bool(request["manage"]) and is_app_missing(settings.INSTALLED_APPS),
        "appDirs": list(source_dirs(apps)),
        "sources": [{"file": file, "text": render.file(file, app)} for file, app in files],
    }


def app_dirs(names):
    """Directories of the installed apps, found without importing them (but for the packages above them)."""
    from importlib.util import find_spec

    for name in names:
        # `shop` or `shop.apps.ShopConfig`: the longest part that is a package.
        parts = name.split(".")
        while parts:
            try:
                spec = find_spec(".".join(parts))
            except Exception:  # a parent that cannot be imported; Django says so better than we can
                spec = None
            if spec is not None and spec.submodule_search_locations:
                yield os.path.abspath(list(spec.submodule_search_locations)[0])
                break
            parts.pop()


def secret_key(settings, needed):
    from django.core.exceptions import ImproperlyConfigured

    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        if needed:
            raise
        return None


def source_dirs(apps):
    """What is edited besides the project itself: its apps, where links lead to, and packages that are no apps but on
    sys.path (PYTHONPATH, editable installs)."""
    here = os.path.dirname(os.path.realpath(__file__))
    standard = os.path.dirname(os.path.realpath(os.__file__))
    # A system's own Python shares its prefix with everything else, such as a project in /usr/src.
    prefixes = {os.path.realpath(one) for one in (sys.prefix, sys.base_prefix)} - {"/usr", "/usr/local"} | {standard}
    project = os.path.realpath(os.getcwd())
    known = set()
    for folder in [os.path.realpath(one) for one in list(apps) + [one for one in sys.path if one]]:
        parts = folder.split(os.sep)
        if folder in known or not os.path.isdir(folder) or "site-packages" in parts or "dist-packages" in parts:
            continue
        above = project.startswith(folder.rstrip(os.sep) + os.sep)
        inside = any(is_below(folder, one) for one in prefixes | {here})
        if not above and not inside and folder != os.path.expanduser("~"):
            known.add(folder)
            yield folder


def is_app_missing(names):
    """Whether `djsupervisor` is installed as an app, but only we could import it: manage.py then cannot start."""
    from importlib.machinery import PathFinder

    # The first entry of this name is there because we are run from it.
    others = list(sys.path)
    others.remove(os.path.dirname(os.path.abspath(__file__)))
    named = any(name.split(".")[0] == "djsupervisor" for name in names)
    return named and PathFinder.find_spec("djsupervisor", others) is None


def is_below(folder, parent):
    return (folder + os.sep).startswith(parent.rstrip(os.sep) + os.sep)


class Renderer:
    def __init__(self, request, settings, apps, config_dir):
        self.request = request
        self.settings = settings
        self.apps = apps
        self.config_dir = config_dir
        self.marking = False
        self.engine = self.build_engine({})
        mark_values(self, request["markers"])
        self.unlocalise = localise_without_apps()
        from djsupervisor.templatetags import djsupervisor_tags

        djsupervisor_tags.templated.render = self.beside

    def build_engine(self, libraries):
        from django.template import Engine

        configured = [
            one for one in self.settings.TEMPLATES if one.get("BACKEND", "").endswith(".DjangoTemplates")
        ]
        first = configured[0] if configured else {}
        options = first.get("OPTIONS", {})
        dirs = [self.config_dir, self.request["projectDir"]] + [str(one) for one in first.get("DIRS", [])]
        dirs += [os.path.join(app, "templates") for app in self.apps]
        known = {name: "django.templatetags." + name for name in ("cache", "i18n", "l10n", "static", "tz")}
        known["djsupervisor_tags"] = "djsupervisor.templatetags.djsupervisor_tags"
        known.update(libraries)
        known.update(options.get("libraries", {}))
        return Engine(
            dirs=dirs,
            debug=True,
            autoescape=self.request["autoescape"],
            libraries=known,
            builtins=[known["djsupervisor_tags"]] + list(options.get("builtins", [])),
        )

    def file(self, path, app=None):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        self.marking = True
        try:
            return self.text(text, path, app)
        finally:
            self.marking = False

    def text(self, text, path, app=None):
        from django.core.exceptions import AppRegistryNotReady
        from django.template import Context, Origin, Template, TemplateSyntaxError

        context = {
            "PROJECT_DIR": self.request["projectDir"],
            "APP_DIR": app,
            "PYTHON": self.request["python"],
            "SUPERVISOR_OPTIONS": self.request["options"],
            "settings": self.settings,
            "environ": os.environ,
        }
        origin = Origin(name=path, template_name=path)

        def render():
            template = Template(text, origin=origin, engine=self.engine)
            # A configuration is in no human language: 1.5 is no 1,5 in it.
            return template.render(Context(context, autoescape=self.request["autoescape"], use_l10n=False))

        try:
            return render()
        except TemplateSyntaxError as error:
            if "is not a registered tag library" not in str(error):
                raise
        except AppRegistryNotReady:
            pass
        # A tag library of an app, a translation: now the apps themselves are needed, and may fail.
        self.set_up()
        return render()

    def set_up(self):
        import django
        from django.template.backends.django import get_installed_libraries

        self.unlocalise()
        django.setup()
        self.engine = self.build_engine(get_installed_libraries())

    def beside(self, path):
        """The filter `templated`: values are not marked in it, as it is no supervisord.conf."""
        import shutil

        path = os.path.join(self.request["projectDir"], path)
        target = path + ".templated"
        marking, self.marking = self.marking, False
        try:
            with open(path, encoding="utf-8") as source:
                text = self.text(source.read(), path)
        finally:
            self.marking = marking
        if os.path.exists(target):
            with open(target, encoding="utf-8", errors="replace") as there:
                if there.read() == text:
                    return target
        temporary = "%s.%d" % (target, os.getpid())
        with open(temporary, "w", encoding="utf-8") as out:
            shutil.copymode(path, temporary)
            out.write(text)
        os.replace(temporary, target)
        return target


def mark_values(renderer, markers):
    """Encloses what variables put into the text, so that nobody mistakes it for what the author wrote."""
    from django.template import base, defaulttags
    from django.utils.safestring import SafeData

    original = base.render_value_in_context

    def render_value_in_context(value, context):
        text = original(value, context)
        # {{ block.super }} is text of a template, with markers of its own.
        if not renderer.marking or markers["close"] in text:
            return text
        opening = markers["openSafe"] if isinstance(value, SafeData) else markers["open"]
        return opening + text + markers["close"]

    base.render_value_in_context = render_value_in_context
    defaulttags.render_value_in_context = render_value_in_context


def localise_without_apps():
    """Numbers are written in the format of the language, for which Django asks all apps. Returns the way back."""
    from django.utils.translation import trans_real

    original = trans_real.all_locale_paths

    def django_locale_path():
        import django

        return [os.path.join(os.path.dirname(django.__file__), "conf", "locale")]

    def restore():
        trans_real.all_locale_paths = original
        trans_real.check_for_language.cache_clear()

    trans_real.all_locale_paths = django_locale_path
    return restore


def describe(error, request):
    """What went wrong and where, in the words of whoever raised it."""
    debug = getattr(error, "template_debug", None)
    message = "%s: %s" % (type(error).__name__, error)
    if debug:
        return {"kind": "template", "message": message, "file": str(debug["name"]), "line": debug["line"]}
    if isinstance(error, ImportError) and (error.name or "").split(".")[0] == "django":
        return {"kind": "no-django", "message": message, "file": None, "line": None}
    if isinstance(error, FileNotFoundError) and str(error.filename).endswith(".conf"):
        return {"kind": "no-config", "message": message, "file": error.filename, "line": None}
    if isinstance(error, SyntaxError):
        return {"kind": "settings", "message": message, "file": error.filename, "line": error.lineno}
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(request["projectDir"] + os.sep)]
    last = own[-1] if own else None
    return {
        "kind": "settings",
        "message": message,
        "file": last.filename if last else None,
        "line": last.lineno if last else None,
    }


main()
