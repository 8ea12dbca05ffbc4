"""Token stores: where a session is kept between two runs."""
