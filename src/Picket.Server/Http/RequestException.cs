namespace Picket.Server.Http;

/// <summary>Ends one request with an error answer; see <see cref="Problem"/>.</summary>
public sealed class RequestException(int status, string error, string message) : Exception(message)
{
    public int Status { get; } = status;
    public string Error { get; } = error;

    /// <summary>Which item of a batch was wrong.</summary>
    public int? Index { get; init; }

    /// <summary>Events stored before the request ended.</summary>
    public long? Accepted { get; init; }

    /// <summary>When to try again, in seconds.</summary>
    public int? RetryAfter { get; init; }

    public static RequestException BadParameter(string name, string what) => new(400, ErrorWord.InvalidParameter, $"{name} {what}");
}
