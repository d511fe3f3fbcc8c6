"""The app behind one proxy."""

from step05_nginx.app import create_app

SETTINGS = {"SECRET_KEY": "for this test"}


def test_the_last_forwarded_address_is_believed_and_no_other() -> None:
    client = create_app(SETTINGS).test_client()
    told = client.get("/whoami", headers={"X-Forwarded-For": "203.0.113.7, 198.51.100.1"}).get_json()
    assert told["client"] == "198.51.100.1"


def test_the_scheme_is_believed_and_the_host_is_not() -> None:
    client = create_app(SETTINGS).test_client()
    told = client.get("/whoami", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "bank.example"})
    assert told.get_json()["scheme"] == "https"
    with client:
        client.get("/", headers={"X-Forwarded-Host": "bank.example"})
        from flask import request

        assert request.host == "localhost"


def test_pages_name_their_files_by_content() -> None:
    page = create_app(SETTINGS).test_client().get("/").text
    assert "/static/style.css" not in page
    assert "/static/style." in page


def test_the_step_has_a_cookie_name_and_a_title_of_its_own() -> None:
    app = create_app(SETTINGS)
    assert app.config["SESSION_COOKIE_NAME"] == "step05_session"
    assert "Step 05 · nginx" in app.test_client().get("/").text
