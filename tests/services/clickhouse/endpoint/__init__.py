"""ClickHouse's engine behind ClickHouse's HTTP interface, as the server's documentation describes it."""
