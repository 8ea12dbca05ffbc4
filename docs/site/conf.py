"""How Sphinx makes the site of what `make_site.py` has laid out; nothing comes from elsewhere."""

from __future__ import annotations

from osdu_auth import __version__

project = "osdu-auth"
version = release = __version__
author = "The osdu-auth contributors"
project_copyright = "The osdu-auth contributors; Apache-2.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3  # [text](errors/sign-in.md#oa-s310), as code hosts have it
smartquotes = False  # a quote is one that can be pasted; it also takes a tenth of the time
default_role = "code"  # the docstrings mark code as Markdown does

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries = False  # each page would carry every name in its navigation
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"osdu-auth {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_show_sphinx = False
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
