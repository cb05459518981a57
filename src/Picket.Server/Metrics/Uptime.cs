namespace Picket.Server.Metrics;

/// <summary>How long the server has run.</summary>
public sealed class Uptime(TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    public TimeSpan Elapsed => time.GetElapsedTime(start);
}
