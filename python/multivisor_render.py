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
    if request["settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    try:
        answer = dict(answer_for(request), ok=True)
    except BaseException as error:  # also SystemExit: settings may end the program
        answer = dict(describe(error, request), ok=False)
    json.dump(answer, answer_to)
    answer_to.close()
    # Threads that a settings module started would keep us.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


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
        "secretKey": str(settings.SECRET_KEY) if request["wantsSecretKey"] else None,
        "patterns": list(getattr(settings, "SUPERVISOR_AUTORELOAD_PATTERNS", ["*.py"])),
        "ignorePatterns": list(getattr(settings, "SUPERVISOR_AUTORELOAD_IGNORE_PATTERNS", [".*", "#*", "*~"])),
        "appDirs": [app for app in apps if is_local(app)],
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


def is_local(folder):
    parts = folder.split(os.sep)
    return "site-packages" not in parts and "dist-packages" not in parts


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
            return template.render(Context(context, autoescape=self.request["autoescape"]))

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
