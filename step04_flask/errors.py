"""Errors as pages: whatever goes wrong, the visitor reads a sentence in the site's own dress.

The status and the header fields (``Allow`` of a 405, ``Retry-After`` of a 503) stay those of the error.
"""

from flask import Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

# Where the error itself only knows a general sentence.
SENTENCES = {
    403: "You may not do this.",
    404: "There is no page at this address.",
    405: "This page cannot be asked for in this way.",
    413: "This is more than the site accepts at once.",
    429: "That was too often. Please wait a moment and try again.",
    500: "The server made a mistake. It has been noted; please try again later.",
}
FOREIGN_FORM = (
    "This form was not made by this site for you, or it is more than half an hour old. "
    "Open the page again and send it once more."
)


def show_error(error: HTTPException) -> Response:
    """The page that says what went wrong."""
    sentence = SENTENCES.get(error.code or 500, error.description)
    return _page(error, FOREIGN_FORM if isinstance(error, CSRFError) else sentence)


def _page(error: HTTPException, sentence: str | None) -> Response:
    body = render_template("error.html", code=error.code, title=error.name, sentence=sentence)
    response = make_response(error.get_response())
    response.set_data(body)
    response.mimetype = "text/html"
    return response
