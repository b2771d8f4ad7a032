"""Function views: a URL's rule, usually one verb on a model, a redirect or a fragment. No view imports a view.

Below `management`, above `forms`, `checks`, `rehearsal` and `templatetags`.
"""
