"""Authlib and Requests-OAuthlib, driven by a test: one request per line of JSON on standard input, one answer per line on standard output."""

import json
import os
import sys
import time

os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'
os.environ['OAUTHLIB_INSECURE_TRANSPORT'] = '1'

from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc7523 import ClientSecretJWT
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, LegacyApplicationClient, MobileApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'


class Authlib:
    def __init__(self, server, client, secret, redirect, scope=None, method='client_secret_basic', assertion_life=None):
        self.server = server
        self.token_url = server + '/oauth2.0/accessToken'
        self.session = AuthlibSession(
            client, secret, scope=scope, redirect_uri=redirect, token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method, code_challenge_method='S256',
        )
        claims = None if assertion_life is None else {'exp': int(time.time()) + assertion_life}
        self.session.register_client_auth_method(ClientSecretJWT(self.token_url, claims=claims))

    def begin(self):
        self.verifier = os.urandom(32).hex()
        url, self.state = self.session.create_authorization_url(self.server + '/oauth2.0/authorize', code_verifier=self.verifier)
        return url

    def finish(self, response, verifier=None):
        return self.session.fetch_token(
            self.token_url, authorization_response=response, state=self.state, code_verifier=verifier or self.verifier
        )

    def client_credentials(self):
        return self.session.fetch_token(self.token_url, grant_type='client_credentials')

    def password(self, username, password):
        return self.session.fetch_token(self.token_url, username=username, password=password)

    def refresh(self, token):
        return self.session.refresh_token(self.token_url, refresh_token=token)

    def device(self, code):
        return self.session.fetch_token(self.token_url, grant_type=DEVICE, device_code=code)

    def introspect(self, token):
        return self.session.introspect_token(self.server + '/oauth2.0/introspect', token=token).json()

    def revoke(self, token):
        return self.session.revoke_token(self.server + '/oauth2.0/revoke', token=token).status_code

    def profile(self):
        answer = self.session.get(self.server + '/oauth2.0/profile')
        return {'status': answer.status_code, **answer.json()}


class Requests:
    def __init__(self, server, client, secret, redirect, scope=None, method='client_secret_basic'):
        self.server, self.client, self.secret, self.redirect, self.scope = server, client, secret, redirect, scope
        self.token_url = server + '/oauth2.0/accessToken'
        # Its ways to say who the client is: Basic, or id and secret in the body.
        self.who = {'auth': HTTPBasicAuth(client, secret)} if method == 'client_secret_basic' else {'include_client_id': True}
        if method == 'client_secret_post':
            self.who['client_secret'] = secret
        self.session = OAuth2Session(client, redirect_uri=redirect, scope=scope)

    def use(self, kind):
        self.session = OAuth2Session(client=kind(self.client, scope=self.scope), redirect_uri=self.redirect, scope=self.scope)
        return self.session

    def begin(self):
        client = self.session._client
        self.verifier = client.create_code_verifier(64)
        challenge = client.create_code_challenge(self.verifier, 'S256')
        url, _ = self.session.authorization_url(
            self.server + '/oauth2.0/authorize', code_challenge=challenge, code_challenge_method='S256'
        )
        return url

    def begin_implicit(self):
        return self.use(MobileApplicationClient).authorization_url(self.server + '/oauth2.0/authorize')[0]

    def finish_implicit(self, response):
        return self.session.token_from_fragment(response)

    def finish(self, response, verifier=None):
        return self.session.fetch_token(
            self.token_url, authorization_response=response, code_verifier=verifier or self.verifier, **self.who
        )

    def client_credentials(self):
        return self.use(BackendApplicationClient).fetch_token(self.token_url, **self.who)

    def password(self, username, password):
        return self.use(LegacyApplicationClient).fetch_token(self.token_url, username=username, password=password, **self.who)

    def refresh(self, token):
        extra = self.who if 'auth' in self.who else {'client_id': self.client, 'client_secret': self.secret}
        return self.session.refresh_token(self.token_url, refresh_token=token, **extra)

    def device(self, code):
        return self.use(DeviceClient).fetch_token(self.token_url, device_code=code, **self.who)

    def revoke(self, token):
        url, headers, body = self.session._client.prepare_token_revocation_request(self.server + '/oauth2.0/revoke', token)
        return self.session.post(url, data=body, headers=headers, withhold_token=True, **self.who).status_code

    def profile(self):
        answer = self.session.get(self.server + '/oauth2.0/profile')
        return {'status': answer.status_code, **answer.json()}


sessions = {}
for line in sys.stdin:
    request = json.loads(line)
    try:
        name, do, arguments = request['session'], request['do'], request.get('with', {})
        if do == 'open':
            sessions[name] = {'authlib': Authlib, 'requests-oauthlib': Requests}[request['library']](**arguments)
            answer = None
        else:
            answer = getattr(sessions[name], do)(**arguments)
        print(json.dumps({'answer': answer}), flush=True)
    except Exception as error:
        print(json.dumps({'error': getattr(error, 'error', None), 'description': getattr(error, 'description', None), 'text': repr(error)}), flush=True)
