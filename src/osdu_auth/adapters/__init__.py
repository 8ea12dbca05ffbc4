"""One small module per HTTP library: the headers for the platform alone, and an answer to a 401.

    requests, httpx, httpx2    auth=session
    aiohttp                    ClientSession(middlewares=[session_middleware(session)])
    urllib3                    SessionPoolManager(session)
    anything else              session.headers(url)

The law of this package: a token goes to the profile's platform and nowhere else, redirects
included. A 401 costs one renewal and one more try, where the body can be sent again; then it is
passed on. No library is imported before it is in use: a module here that imports its own at once is
imported by whoever uses that library, and `httpx`, which every session needs to be an `auth=`,
imports none.
"""
