
namespace Picket.Detection.Windows;

/// <summary>When an event counts as having happened: when its sender says, unless that is further ahead of its arrival than clocks differ; then when it arrived.</summary>
internal static class DetectionTime
{
    /// <summary>How far a sender's clock may be ahead; ns.</summary>
    public const long Ahead = Events.Limits.ClockSkew;

    public static long Of(long time, long receivedAt) => time - Ahead > receivedAt ? receivedAt : time;
}
