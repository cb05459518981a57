using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>Events that come from one place and are of one kind there.</summary>
/// <param name="Source">Where.</param>
/// <param name="Known">The values by which they are told apart: a channel, an event's id.</param>
internal sealed record SourceKind(EventSource Source, IReadOnlyDictionary<Field, string> Known);
