using Picket.Query.Language;

namespace Picket.Query.Store;

/// <summary>A question that cannot be answered: the only exception the room throws at a caller.</summary>
/// <param name="error">The stable word of an error answer.</param>
/// <param name="message">What is wrong and what to do.</param>
public sealed class QueryException(string error, string message) : Exception(message)
{
    public const string InvalidRequest = "invalid_request";
    public const string TimedOut = "query_timeout";
    public const string Failed = "query_failed";

    /// <summary>Too many questions wait.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>The answer would take more memory than there is for answers.</summary>
    public const string TooLarge = "query_too_large";

    public string Error { get; } = error;

    /// <summary>The place in the query's text; null when it is not the text that is wrong.</summary>
    public Diagnostic? Diagnostic { get; init; }
}
