"""A consumer of OneRoster: gets a token, and reads collections of a SIS page by page.

A pull follows the links of a provider; of one that has none it counts offsets. What is busy or broken for a
moment is asked again, a bounded number of times; a token that has expired on the way is replaced once.
Source: 1EdTech OneRoster 1.1 and 1.2, REST binding; RFC 6749, client credentials; RFC 8288, Link.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.util import Retry, Timeout, make_headers

from cartable.errors import SisRefused, SisUnreachable

Object = dict[str, Any]
"""One object, as the provider tells it."""

LIMIT = 5_000
"""Objects asked for on a page."""
_UNAUTHORISED, _REFUSED = 401, frozenset({400, 401, 403})
_LINK = re.compile(r'<([^<>]*)>\s*;[^<]*?\brel="?next\b')
# Some four minutes of a provider that is away; one that says for how long is believed up to ten.
_RETRIES = Retry(
    total=9,
    connect=4,
    read=4,
    status=9,
    redirect=0,
    allowed_methods=("GET", "POST"),
    status_forcelist=(429, 500, 502, 503, 504),
    backoff_factor=0.5,
    backoff_max=60,
    backoff_jitter=0.5,
    retry_after_max=600,
    raise_on_status=False,
)
_TIMEOUT = Timeout(connect=10, read=120)


@dataclass(frozen=True, slots=True)
class Provider:
    """A SIS, and what it knows us by.

    Args:
        address: of its rostering service, to which the collections' names are added.
        token_url: where tokens are got.
        scopes: addresses, separated by blanks; '' for all that the client has.
    """

    address: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = ""


class Consumer:
    """Reads a provider; of one thread.

    Args:
        limit: objects asked for on a page.
        follows_links: whether the provider's links are followed, else offsets are counted.
        retries: how often what is busy or broken is asked again.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        limit: int = LIMIT,
        follows_links: bool = True,
        retries: Retry = _RETRIES,
    ) -> None:
        self._provider = provider
        self._address = provider.address.rstrip("/")
        self._limit = limit
        self._follows_links = follows_links
        self._pool = urllib3.PoolManager(retries=retries, timeout=_TIMEOUT)
        self._token = ""

    def pages(self, collection: str, condition: str = "") -> Iterator[list[Object]]:
        """All objects of a collection, page by page.

        Args:
            collection: its path below the service's address: `users`.
            condition: a filter, as OneRoster spells it; '' for none.

        Raises:
            SisRefused: the provider does not let us, or answers what is no OneRoster.
            SisUnreachable: it cannot be reached, or stays busy or broken.
        """
        told = {"filter": condition} if condition else {}
        offset, address = 0, self._page_address(collection, 0, told)
        asked = {address}
        while address:
            objects, link = self._page(address, collection)
            yield objects
            offset += len(objects)
            if self._follows_links and link is not None:
                address = self._next(link)
            else:
                has_more = len(objects) >= self._limit
                address = self._page_address(collection, offset, told) if has_more else ""
            if address in asked:
                raise SisRefused("The SIS leads from page to page in a circle.", _TELL)
            asked.add(address)

    def _page_address(self, collection: str, offset: int, told: Mapping[str, str]) -> str:
        parameters = {**told, "limit": str(self._limit), "offset": str(offset)}
        return f"{self._address}/{collection}?{urlencode(parameters, quote_via=quote)}"

    def _page(self, address: str, collection: str) -> tuple[list[Object], str | None]:
        """The objects of a page, and its links; None where the provider has none."""
        answer = self._asked(address)
        try:
            (objects,) = json.loads(answer.data).values()
            if not all(isinstance(one["sourcedId"], str) for one in objects):
                raise TypeError
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SisRefused(
                "The SIS answers {collection} with what is no list of OneRoster.",
                _TELL,
                collection=collection,
            ) from None
        return objects, answer.headers.get("Link")

    def _next(self, link: str) -> str:
        """The address of the next page, '' after the last one.

        The token goes to the provider alone: of a link to the same host by another name or scheme, as one
        behind a proxy makes them, the path is followed.
        """
        found = _LINK.search(link)
        if not found:
            return ""
        here, there = urlsplit(self._address), urlsplit(found[1])
        if there.hostname not in (None, here.hostname):
            raise SisRefused("The SIS refers to another host for its next page.", _TELL)
        return f"{here.scheme}://{here.netloc}{there.path}?{there.query}"

    def _asked(self, address: str) -> urllib3.BaseHTTPResponse:
        for is_last in (False, True):
            headers = {"Authorization": f"Bearer {self._token or self._new_token()}", **_ACCEPTED}
            answer = self._sent("GET", address, headers)
            if answer.status != _UNAUTHORISED or is_last:
                break
            self._token = ""
        return _good(answer)

    def _new_token(self) -> str:
        provider = self._provider
        headers = make_headers(
            basic_auth=f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        )
        form = {"grant_type": "client_credentials", **({"scope": provider.scopes} if provider.scopes else {})}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = _good(self._sent("POST", provider.token_url, headers, urlencode(form)))
        try:
            self._token = str(json.loads(answer.data)["access_token"])
        except (ValueError, TypeError, KeyError):
            raise SisRefused("The SIS answers with no token.", _TELL) from None
        return self._token

    def _sent(
        self, method: str, address: str, headers: Mapping[str, str], body: str | None = None
    ) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(method, address, headers=headers, body=body)
        except urllib3.exceptions.HTTPError as error:
            raise SisUnreachable(
                "The SIS cannot be reached: {reason}.",
                "Look whether its address is right and it runs; what was pulled until now is kept.",
                reason=type(error).__name__,
            ) from None


_ACCEPTED = make_headers(accept_encoding=True) | {"Accept": "application/json"}
_TELL = "Tell the SIS's vendor; what was pulled before is kept."


def _good(answer: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    """The answer, if it is one."""
    if answer.status == 200:
        return answer
    if answer.status in _REFUSED:
        raise SisRefused(
            "The SIS refuses us with status {status}.",
            "Look whether id and secret are right and the client may read rosters.",
            status=answer.status,
        )
    raise SisUnreachable(
        "The SIS answers with status {status}.",
        "Look whether its address is right and it runs; what was pulled until now is kept.",
        status=answer.status,
    )
