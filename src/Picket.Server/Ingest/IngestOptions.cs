using Picket.Events.Parsing;

namespace Picket.Server.Ingest;

/// <summary>How much may come in at once.</summary>
public sealed class IngestOptions
{
    /// <summary>Bytes of bodies being read and parsed at once. Default 48 MiB.</summary>
    public long InFlightBytes { get; set; } = 48L * 1024 * 1024;

    /// <summary>The caps of events.</summary>
    public ParseLimits Limits { get; set; } = ParseLimits.Default;

    /// <summary>How long a request waits for room before it is refused as overloaded. Default 5 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);
}
