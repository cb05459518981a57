using Picket.Events.Batches;

namespace Picket.Detection.Windows;

/// <summary>What windows had in memory, as <see cref="Detector.Save"/> wrote it down, of a detector of the same rules.</summary>
/// <param name="Windows">What was written.</param>
/// <param name="Through">The last event that was looked at then. The book must know the alerts that were closed with later ones.</param>
/// <param name="Since">The events behind that, in the order of the log, at least up to where the detector goes on; it disposes each batch.</param>
public sealed record SavedWindows(Stream Windows, ulong Through, IAsyncEnumerable<EventBatch> Since);
