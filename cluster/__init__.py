"""A real OpenSearch cluster: nodes on this machine for tests, a compose file for others."""
