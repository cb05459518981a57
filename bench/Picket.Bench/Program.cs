using Picket.Bench.Yardsticks;

switch (args)
{
    case ["parse", var file, ..]:
        ParseYardstick.Run(file, rounds: 7);
        return 0;
    default:
        Console.Error.WriteLine("usage: Picket.Bench parse FILE");
        return 2;
}
