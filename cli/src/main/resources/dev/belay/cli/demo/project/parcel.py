"""What it costs to send a parcel."""

BASE = 3.50
PER_KILOGRAM = 1.20
FREE_FROM = 50


def started_kilograms(grams):
    """Every kilogram that has begun counts as a whole one."""
    return grams // 1000


def shipping(grams, order_total):
    """The price of sending a parcel of that weight with an order of that value."""
    if order_total > FREE_FROM:
        return 0.0
    return round(BASE + PER_KILOGRAM * started_kilograms(grams), 2)
