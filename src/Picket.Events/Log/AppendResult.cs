namespace Picket.Events.Log;

/// <summary>What became of an append.</summary>
public enum AppendStatus : byte
{
    /// <summary>Durable.</summary>
    Committed,

    /// <summary>The key was seen with this body: nothing was stored, and the positions are those of the first time.</summary>
    Repeated,

    /// <summary>The key was seen with another body.</summary>
    KeyConflict,

    /// <summary>Too much is waiting to be written; nothing was stored.</summary>
    Overloaded,

    /// <summary>The disk is too full; nothing was stored.</summary>
    DiskFull,

    /// <summary>Writing failed. Whether the events are durable is not known; they were not acknowledged.</summary>
    Failed,
}

/// <param name="First">Position of the first event.</param>
/// <param name="ReceivedAt">When the events were received, which with the position makes their ids; ns since 1970.</param>
public readonly record struct AppendResult(AppendStatus Status, LogPosition First, int Count, long ReceivedAt)
{
    public bool IsStored => Status is AppendStatus.Committed or AppendStatus.Repeated;
}
