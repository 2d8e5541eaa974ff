"""Starts, stops and disturbs the services that tests run against. Only the standard library is needed."""
