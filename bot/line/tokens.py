"""Short-lived channel access tokens, renewed before they end."""

from __future__ import annotations

import threading
import time

from linebot.v3.oauth import ApiClient, ChannelAccessToken, Configuration

_RENEW_BEFORE = 180.0
"""Seconds. A stateless token lives for 15 minutes (LINE Messaging API reference,
"Issue stateless channel access token")."""
_TIMEOUT = (3.0, 8.0)
"""Seconds to connect and to read."""


class StatelessToken:
    """A stateless channel access token. Calling it gives one that is good for some minutes; safe between threads."""

    def __init__(self, channel_id: str, channel_secret: str, base_url: str | None = None) -> None:
        """
        Args:
            base_url: of a fake LINE, for tests; None for LINE itself.
        """
        configuration = Configuration(host=base_url)
        configuration.retries = False
        self._api = ChannelAccessToken(ApiClient(configuration))
        self._channel_id = channel_id
        self._channel_secret = channel_secret
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def __call__(self) -> str:
        """The token.

        Raises:
            ApiException, urllib3 errors: when LINE does not give one.
        """
        with self._lock:
            if time.monotonic() > self._good_until:
                issued = self._api.issue_stateless_channel_token_by_client_secret(
                    client_id=self._channel_id,
                    client_secret=self._channel_secret,
                    _request_timeout=_TIMEOUT,
                )
                self._token = issued.access_token
                self._good_until = time.monotonic() + issued.expires_in - _RENEW_BEFORE
            return self._token
