using Picket.Events.Batches;

namespace Picket.Storage.Log;

/// <summary>What the commit loop tells of its work, on its thread.</summary>
internal interface ICommitSink
{
    /// <summary>Whether the generation in memory has grown enough.</summary>
    bool WantsRoll { get; }

    /// <summary>Waits while too many generations are to be flushed; false when they still are.</summary>
    bool WaitForRoom(TimeSpan patience);

    /// <summary>A batch is durable; it is the sink's now.</summary>
    void Committed(EventBatch batch, RecordNotes notes);

    /// <summary>Begins a new generation. False when the one there is empty.</summary>
    bool Seal();

    /// <summary>A file was given up.</summary>
    void Failed(string file, Exception error);
}
