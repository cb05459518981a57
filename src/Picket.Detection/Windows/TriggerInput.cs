namespace Picket.Detection.Windows;

/// <summary>That the matches of a rule go to a trigger.</summary>
/// <param name="Trigger">Which.</param>
/// <param name="Input">Which of the trigger's rules it is.</param>
internal readonly record struct TriggerInput(Trigger Trigger, int Input);
