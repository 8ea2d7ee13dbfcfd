return discover()
