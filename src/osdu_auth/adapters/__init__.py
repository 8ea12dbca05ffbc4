"""One small module per HTTP library: it adds the headers for the platform, and reacts to a 401.

    requests, httpx, httpx2    auth=session
    aiohttp                    ClientSession(middlewares=[session_middleware(session)])
    urllib3                    SessionPoolManager(session)
    anything else              session.headers(url)

Invariants: a token goes to the profile's platform and nowhere else, also after a redirect. A 401
costs one renewal and one more try, if the body can be sent again; a second 401 goes to the caller.
No HTTP library is imported before it is in use: each module here imports its library at once, so
only programs that use that library import the module. `httpx` is the exception: it imports neither
`httpx` nor `httpx2`.
"""
