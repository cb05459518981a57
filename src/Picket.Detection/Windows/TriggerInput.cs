namespace Picket.Detection.Windows;

/// <summary>That the matches of a rule go to a trigger.</summary>
/// <param name="Trigger">Which.</param>
/// <param name="Input">Which of the trigger's rules it is.</param>
/// <param name="Base">Which of <see cref="Trigger.Bases"/> the event is of: the same, but of a correlation of correlations.</param>
internal readonly record struct TriggerInput(Trigger Trigger, int Input, int Base);
