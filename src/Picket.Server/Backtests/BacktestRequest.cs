using Picket.Events;
using Picket.Query;

namespace Picket.Server.Backtests;

/// <summary>What to try.</summary>
/// <param name="Tenant">Whose events.</param>
/// <param name="Time">Which of them.</param>
/// <param name="Saved">The rule as it is, and those it is of; all active ones where no rule was named. Null for a draft alone.</param>
/// <param name="Draft">A rule that is not saved; null for none.</param>
/// <param name="Apply">Whether the alerts are raised, where there are none yet.</param>
internal sealed record BacktestRequest(TenantId Tenant, TimeRange Time, BacktestRules? Saved, BacktestRules? Draft, bool Apply);
