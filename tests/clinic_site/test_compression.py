import gzip

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from clinic_info.pages import HomePage
from clinic_site.compression import PageGZipMiddleware


def answered(response: HttpResponseBase, rf: RequestFactory) -> HttpResponseBase:
    request = rf.get("/", HTTP_ACCEPT_ENCODING="gzip, br")
    return PageGZipMiddleware(lambda _request: response)(request)


def test_a_page_is_compressed(client: Client, home: HomePage) -> None:
    response = client.get("/", HTTP_ACCEPT_ENCODING="gzip")

    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert b"</html>" in gzip.decompress(response.content)
    assert "Content-Encoding" not in client.get("/")


def test_pictures_and_streams_stay_as_they_are(rf: RequestFactory) -> None:
    picture = HttpResponse(b"0" * 5000, content_type="image/avif")
    stream = FileResponse(iter([b"0" * 5000]), content_type="text/csv")

    assert "Content-Encoding" not in answered(picture, rf)
    assert "Content-Encoding" not in answered(stream, rf)
