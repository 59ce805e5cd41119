"""A participant's standing in the trial. It deliberately knows neither names nor arms."""
