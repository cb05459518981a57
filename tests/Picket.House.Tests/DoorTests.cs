using System.Reflection;

namespace Picket.House.Tests;

/// <summary>What a room shows to the others is written down in a file beside this one: a change to it is a decision that one sees. Write it anew with PICKET_WRITE_DOORS=1.</summary>
public sealed class DoorTests
{
    public static TheoryData<string> Rooms => ["Picket.Events", "Picket.Query", "Picket.Storage", "Picket.Detection", "Picket.Metastore", "Picket.Server"];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_rooms_public_types_are_those_written_down(string room)
    {
        var types = string.Concat(Assembly.Load(room).GetExportedTypes().Where(type => !type.IsNested).Select(type => $"{type.FullName}\n").Order(StringComparer.Ordinal));
        var file = Path.Combine(Testing.SharedData.Repository, "tests", "Picket.House.Tests", $"{room}.txt");
        if (Environment.GetEnvironmentVariable("PICKET_WRITE_DOORS") == "1")
        {
            File.WriteAllText(file, types);
        }
        Assert.Equal(File.ReadAllText(file), types);
    }
}
