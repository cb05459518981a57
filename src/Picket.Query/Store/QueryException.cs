namespace Picket.Query.Store;

/// <summary>A question that cannot be answered: the only exception the room throws at a caller.</summary>
/// <param name="error">The stable word of an error answer.</param>
/// <param name="message">What is wrong and what to do.</param>
public sealed class QueryException(string error, string message) : Exception(message)
{
    public const string InvalidRequest = "invalid_request";
    public const string TimedOut = "query_timeout";
    public const string Failed = "query_failed";

    public string Error { get; } = error;
}
