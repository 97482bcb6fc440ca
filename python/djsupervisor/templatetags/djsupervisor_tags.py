"""The `templated` filter: renders a file next to itself and returns its path.

    [program:nginx]
    command=nginx -c {{ "conf/nginx.conf"|templated }}
"""
from django import template

register = template.Library()


@register.filter
def templated(path):
    # Set by the helper that renders the configuration; there is none in a web request.
    render = getattr(templated, "render", None)
    if render is None:
        raise template.TemplateSyntaxError("templated works in a supervisord.conf only")
    return render(str(path))
