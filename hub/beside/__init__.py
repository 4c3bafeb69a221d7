"""Work beside the sinks: by one process of a database alone, a little behind them, never in their way."""
