"""Days without times: closed beforehand, or cancelled with everybody told."""
