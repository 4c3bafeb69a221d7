"""Words of descriptions, made searchable beside the sinks and a little behind them."""
