namespace Picket.Server.Access;

/// <summary>What a key may do.</summary>
public static class Scope
{
    public const string IngestLogs = "ingest:logs";
    public const string SearchLogs = "search:logs";
    public const string AlertsRead = "alerts:read";
    public const string AlertsWrite = "alerts:write";
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All =
    [
        IngestLogs, SearchLogs, AlertsRead, AlertsWrite, "incidents:read", "incidents:write", "notifications:read", "notifications:write", Admin,
    ];

    /// <summary>What a key gets when none is named: all but <see cref="Admin"/>.</summary>
    public static readonly IReadOnlyList<string> Default = [.. All.Where(scope => scope != Admin)];
}
