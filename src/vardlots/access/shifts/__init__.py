"""What the system does with shifts: the load balancer's switch, the reminder, the closing of forgotten ones."""
