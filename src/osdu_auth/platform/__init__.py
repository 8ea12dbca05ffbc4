"""The OSDU side: a call with the right headers, and what its refusals mean."""
