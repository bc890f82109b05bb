import unittest

from parcel import shipping, started_kilograms


class ParcelTest(unittest.TestCase):
    def test_a_started_kilogram_counts_as_a_whole_one(self):
        self.assertEqual(started_kilograms(1), 1)
        self.assertEqual(started_kilograms(1000), 1)
        self.assertEqual(started_kilograms(1001), 2)

    def test_a_parcel_costs_the_base_and_its_kilograms(self):
        self.assertEqual(shipping(2500, order_total=20), 7.10)

    def test_shipping_is_free_from_fifty(self):
        self.assertEqual(shipping(800, order_total=50), 0)


if __name__ == "__main__":
    unittest.main()
