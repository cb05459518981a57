namespace Picket.Metastore;

/// <summary>A stretch of time in which a rule was not run though it was on. Times are ns since 1970.</summary>
/// <param name="From">The first event that it may have missed happened then.</param>
/// <param name="To">The last did; null while it is still not run.</param>
/// <param name="Reason">Why.</param>
/// <param name="FilledAt">When what it missed was raised; null where that was not done.</param>
public sealed record Gap(long From, long? To, string Reason, long? FilledAt);
