using System.CommandLine;

namespace Picket.Commands.Alerts;

/// <summary><c>picket alerts</c>: what people do with a server's alerts.</summary>
internal static class AlertsCommand
{
    public static Command Command() => new("alerts", "Alerts: list them, show one with what is behind it, say that you have it, close it, watch them come.")
    {
        AlertsList.Command(), AlertsShow.Command(), AlertsChange.Ack(), AlertsChange.Close(), AlertsWatch.Command(),
    };

    public static Argument<string> Id() => new("id") { Description = "The alert's id, as picket alerts list shows it" };
}
