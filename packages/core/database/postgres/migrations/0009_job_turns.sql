CREATE TABLE "job_turns" (
	"priority" integer NOT NULL,
	"line" text collate "C" NOT NULL,
	"turn" integer NOT NULL,
	CONSTRAINT "job_turns_priority_line_pk" PRIMARY KEY("priority","line")
);
