namespace Picket.Detection.Alerts;

/// <summary>How far people are with an alert.</summary>
public enum AlertState : byte
{
    Open,

    /// <summary>Somebody has it.</summary>
    Acknowledged,

    /// <summary>Done with: further events make a further alert.</summary>
    Closed,
}
