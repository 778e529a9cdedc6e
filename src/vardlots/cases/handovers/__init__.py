"""A visit handed over within its unit: asked for, answered, taken back, reminded of (requirements D12, E6)."""
