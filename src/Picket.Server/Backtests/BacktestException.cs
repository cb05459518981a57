namespace Picket.Server.Backtests;

/// <summary>A backtest cannot be ended, for a reason that whoever asked for it can do something about.</summary>
internal sealed class BacktestException(string message) : Exception(message);
