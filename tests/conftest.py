"""What every test outside tests/domain shares. Domain tests have their own pytest.ini and never load this."""
