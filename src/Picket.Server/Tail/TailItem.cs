namespace Picket.Server.Tail;

/// <summary>An event on its way to tails, shared by all that it is for.</summary>
/// <param name="Seq">Its number.</param>
/// <param name="Json">The event, on one line.</param>
internal sealed record TailItem(ulong Seq, byte[] Json);
