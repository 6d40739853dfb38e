"""LINE's hard limits on messages, as code: what its API would refuse. Source: LINE Messaging API reference."""
