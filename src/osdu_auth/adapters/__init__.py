"""One small module per HTTP library: it adds the headers for the platform, and reacts to a 401.

    requests, httpx, httpx2    auth=session
    aiohttp                    ClientSession(middlewares=[session_middleware(session)])
    urllib3                    SessionPoolManager(session)
    anything else              session.headers(url)

Invariants: a token goes to the profile's platform and nowhere else, also after a redirect. A 401
costs one renewal and one more try, if the body can be sent again; a second 401 goes to the caller.
No HTTP library is imported before a program uses it: each module here imports its library, and only
programs that use the library import the module. The module `httpx` imports neither `httpx` nor
`httpx2`.
"""
